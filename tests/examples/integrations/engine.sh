# shellcheck shell=bash
# An engine of shell functions: each step is a function, a group runs one step for
# several things at once.

fetch() { echo "fetched"; }

install() {
    [[ $1 != broken ]] || exit 3
    echo "installed"
}

export -f fetch install

# run_group STEP THING...: all at once, output by thing, in order; the first failure
# ends the group with its own status.
run_group() {
    local step=$1
    shift
    pgrun -k --tag --halt now,fail=1 -j"${JOBS:-1}" "$step" ::: "$@"
}
