@test "products" {
    [ $((2 * 3)) = 6 ]
}
