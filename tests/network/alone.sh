#!/bin/sh
# Runs a command where nothing but this machine can be reached: in a network namespace of its own, without routes, with loopback up (a
# test server stands in for tile services). What passes here asked nothing of the network.
#
#   tests/network/alone.sh cargo test --offline              everything
#   tests/network/alone.sh target/debug/deps/window-… map    the short form: one binary, some tests
#
# Needs util-linux (unshare) and iproute2 (ip). Without root the namespace of a user is taken.
set -eu
[ $# -gt 0 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
as=$([ "$(id -u)" = 0 ] || echo --map-root-user)
# shellcheck disable=SC2086
exec unshare --net $as -- sh -c '
    ip link set lo up || { echo "alone: loopback cannot be set up (iproute2?)" >&2; exit 3; }
    # That there is no way out is looked at, not believed.
    [ -z "$(ip route show)" ] || { echo "alone: there is a route to somewhere" >&2; exit 3; }
    exec "$@"' alone "$@"
