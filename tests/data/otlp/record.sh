#!/usr/bin/env bash
# Writes shop.otlp.pb, and what Go's pprof says about the same files. Needs Go and zstd. Run from anywhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tar -xf "$here/../../../notebooks/data/demo.tar.zst" -C "$scratch"
pod="$scratch/env=prod/service=shop/version=1/pod=a"
for kind in cpu heap mutex; do
  # Under a name of its own: the converter takes NAME=VALUE for an attribute.
  cp "$(ls "$pod/$kind"-*.pb | head -1)" "$scratch/$kind.pb.gz"
done
cd "$here/convert"
go run . "$here/shop.otlp.pb" service.name=shop service.version=1 k8s.pod.name=a \
  "$scratch/cpu.pb.gz" "$scratch/heap.pb.gz" "$scratch/mutex.pb.gz"
top() { # file, sample type, unit
  go tool pprof -top -nodecount=0 -nodefraction=0 -edgefraction=0 -trim=false -symbolize=none \
    -sample_index="$2" -unit="$3" "$scratch/$1.pb.gz" 2>/dev/null | sed 1,/Showing/d > "$here/$2.top"
}
top cpu samples count
top cpu cpu ns
for type in alloc_objects:count alloc_space:B inuse_objects:count inuse_space:B; do
  top heap "${type%:*}" "${type#*:}"
done
top mutex contentions count
top mutex delay ns
