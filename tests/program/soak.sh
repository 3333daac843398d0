#!/bin/bash
# The real program on a screen of its own, driven by keys and clicks: it draws points, takes back, makes again, asks, looks elsewhere,
# saves, is killed and takes up what it had. After every save the file holds as many points as are counted beside it; within a session
# memory grows by 256 MiB at most over what it is after the first steps; no crash is reported.
#
#   tests/program/soak.sh [SECONDS] [PROGRAM] [SEED]     300 target/release/shanshui by the clock
#
# Needs xvfb, xdotool and a graphics driver (mesa-vulkan-drivers or libgl1-mesa-dri).
set -eu
seconds=${1:-300}
program=$(realpath "${2:-target/release/shanshui}")
seed=${3:-$(date +%s)}
for tool in Xvfb xdotool; do command -v "$tool" >/dev/null || { echo "soak: $tool is missing" >&2; exit 2; }; done
[ -x "$program" ] || { echo "soak: no program at $program (cargo build --release)" >&2; exit 2; }
echo "seed $seed"
RANDOM=$seed

folder=$(mktemp -d)
server='' shanshui='' step=0 session=0
finish() {
    for process in $shanshui $server; do kill -9 "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT
fail() {
    echo "soak: seed $seed, session $session, step $step: $*" >&2
    tail -5 "$folder/log" >&2
    exit 1
}

# The server chooses a free display, and says which.
mkfifo "$folder/display"
exec 3<>"$folder/display"
Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
read -r -t 20 -u 3 number || { echo "soak: Xvfb does not start" >&2; exit 2; }
export DISPLAY=":$number" XDG_DATA_HOME="$folder/data" XDG_CONFIG_HOME="$folder/config" XDG_CACHE_HOME="$folder/cache"
unset WAYLAND_DISPLAY

# A layer that is drawn into, and one that is asked about.
drawn="$folder/points.geojson"
point() { printf '{"type":"Feature","properties":{"name":"%s"},"geometry":{"type":"Point","coordinates":[121.%d,31.%d]}}' "$@"; }
{
    printf '{"type":"FeatureCollection","features":[\n'
    for n in $(seq 40); do point "p$n" $((37000 + RANDOM % 6000)) $((37000 + RANDOM % 6000)); [ "$n" = 40 ] || printf ',\n'; done
    printf '\n]}\n'
} >"$drawn"
{ printf '{"type":"FeatureCollection","features":['; point from 40000 40000; printf ']}'; } >"$folder/from.geojson"
echo '{"shanshui":1,"layers":[{"file":"points.geojson","editable":true},{"file":"from.geojson"}]}' >"$folder/p.shanshui.json"

points() { grep -o '"type": *"Point"' "$drawn" | wc -l; }
memory() { awk '/^RssAnon:/ { print int($2 / 1024) }' "/proc/$shanshui/status"; }
key() { xdotool key --delay 30 "$@"; sleep 0.3; }
click() { xdotool mousemove "$1" "$2"; sleep 0.15; xdotool click 1; sleep 0.5; }
# The first layer of the list.
look() { key Escape; click 85 93; }

# Starts it, with edits that were left if so many points are in no file.
start() {
    session=$((session + 1)) done=0 undone=0 first=''
    "$program" --lang en "$folder/p.shanshui.json" >>"$folder/log" 2>&1 &
    shanshui=$!
    window=''
    for _ in $(seq 120); do
        window=$(xdotool search --onlyvisible --pid "$shanshui" --name . 2>/dev/null | tail -1 || true)
        [ -z "$window" ] || break
        kill -0 "$shanshui" 2>/dev/null || fail "the program ended"
        sleep 0.5
    done
    [ -n "$window" ] || fail "no window"
    xdotool windowsize "$window" 1440 900 windowmove "$window" 0 0
    for _ in 1 2 3 4 5; do xdotool windowfocus "$window" 2>/dev/null && break || sleep 1; done
    sleep 4
    # Recover, where that is asked.
    key Return
    sleep 2
    look
}
save() {
    look
    key ctrl+s
    for _ in $(seq 40); do
        [ "$(points)" != "$count" ] || { saves=$((saves + 1)); return 0; }
        sleep 0.25
    done
    fail "$(points) points in the file, $count were drawn"
}

count=40 saves=0 kills=0 most=0 asked=0
end=$((SECONDS + seconds))
start
while [ $SECONDS -lt $end ]; do
    step=$((step + 1))
    kill -0 "$shanshui" 2>/dev/null || fail "the program ended"
    case $((RANDOM % 14)) in
        0 | 1 | 2 | 3) # Where the map has neither tools nor legend.
            look
            key 1
            click $((400 + RANDOM % 420)) $((150 + RANDOM % 350))
            key Escape
            count=$((count + 1)) done=$((done + 1)) undone=0
            ;;
        4 | 5) if [ $done -gt 0 ]; then look; key ctrl+z; count=$((count - 1)) done=$((done - 1)) undone=$((undone + 1)); fi ;;
        6) if [ $undone -gt 0 ]; then look; key ctrl+shift+z; count=$((count + 1)) done=$((done + 1)) undone=$((undone - 1)); fi ;;
        7) look; key ctrl+Return; sleep 1; asked=$((asked + 1)) ;;
        8) xdotool mousemove 700 350 click $((4 + RANDOM % 2)); sleep 0.3 ;;
        9) key ctrl+0 ;;
        10) save ;;
        *) xdotool mousemove $((300 + RANDOM % 900)) $((100 + RANDOM % 600)); sleep 0.1 ;;
    esac
    now=$(memory)
    if [ $((step % 60)) = 20 ] && [ -z "$first" ]; then first=$now; fi
    if [ -n "$first" ]; then
        [ $((now - first)) -le $most ] || most=$((now - first))
        [ $((now - first)) -le 256 ] || fail "$first MiB of memory became $now"
    fi
    if [ $((step % 60)) = 0 ]; then
        # Without a word; the next has what was drawn.
        sleep 1
        kill -9 "$shanshui"
        wait "$shanshui" 2>/dev/null || true
        kills=$((kills + 1))
        start
        save
    fi
done
save
[ -z "$(find "$folder/data" -name 'crash-*' 2>/dev/null)" ] || fail "a crash was reported"
echo "$step steps, $session sessions, $kills kills, $asked questions, $saves saves, $count points; memory grew by $most MiB at most, $(memory) MiB now"
