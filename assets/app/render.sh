#!/usr/bin/env bash
# Renders the icon's sizes from shanshui.svg with Chromium.
set -euo pipefail
cd "$(dirname "$0")"
for size in 16 24 32 48 64 128 256 512; do
  page=$(mktemp --suffix=.html)
  printf '<body style="margin:0;background:transparent"><img src="file://%s" width="%s" height="%s" style="display:block"></body>' \
    "$PWD/shanshui.svg" "$size" "$size" > "$page"
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --default-background-color=00000000 \
    --window-size="$size,$size" --screenshot="$PWD/shanshui-$size.png" "file://$page" >/dev/null 2>&1
  rm "$page"
done
