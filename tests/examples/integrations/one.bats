@test "sums" {
    [ $((1 + 1)) = 2 ]
}

@test "differences" {
    [ $((3 - 1)) = 2 ]
}
