#!/bin/sh
# What the federation gains: runs the job with all sites and with each site alone, measures the base and the four adapters on
# eval.jsonl, and lets base and federated adapter define words that no site has trained on. Takes a few minutes.
#
#   examples/quickstart/compare.sh [WORD…]
set -eu

here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd -P)
for weft in "${WEFT:-}" "$here/../../weft" "$here/../../bin/weft"; do
    [ ! -f "$weft" ] || break
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

loss() {
    "$weft" evaluate --model "$here/base" "$@" --data "$here/eval.jsonl" --json | sed -n 's/.*"loss" *: *\([0-9.]*\).*/\1/p'
}

define() {
    word=$1
    shift
    "$weft" generate --model "$here/base" "$@" --prompt "define $word (noun):" --max-tokens 40 --temperature 0 | tr -s '\n' ' '
}

echo "loss per token on what all three sites validate, $(grep -c '' "$here/eval.jsonl") definitions:"
printf '  %-20s %.3f\n' "base" "$(loss)"
for site in "$here"/sites/*/; do
    name=$(basename "$site")
    mkdir -p "$work/only-$name"
    cp -R "$site" "$work/only-$name/$name"
    "$weft" simulate "$here/job.yaml" --sites "$work/only-$name" --out "$work/$name" >"$work/$name.log" 2>&1
    printf '  %-20s %.3f\n' "$name alone" "$(loss --adapter "$work/$name/result")"
done
"$weft" simulate "$here/job.yaml" --out "$work/federated" >"$work/federated.log" 2>&1
printf '  %-20s %.3f\n' "federated" "$(loss --adapter "$work/federated/result")"

[ $# -gt 0 ] || set -- "water lily" "tree frog" "paper clip"
for word in "$@"; do
    echo
    echo "define $word"
    echo "  base:      $(define "$word")"
    echo "  federated: $(define "$word" --adapter "$work/federated/result")"
done
