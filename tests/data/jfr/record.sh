#!/usr/bin/env bash
# Writes shop.jfr. Needs a JDK, 16 or later. Run from anywhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
javac -g -d "$scratch" "$here/Shop.java"
# With relative names, since names end up in a recording.
cp "$here/shop.jfc" "$scratch"
cd "$scratch"
java -cp . -XX:StartFlightRecording=filename=shop.jfr,settings=shop.jfc Shop 25
cp shop.jfr "$here"
jfr summary shop.jfr | awk '$2 > 0'
