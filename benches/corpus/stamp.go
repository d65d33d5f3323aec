package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// The first time, and the interval between files of a series.
var begin = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

const interval = 10 * time.Second

// The field `time_nanos` of a profile, a number.
const timeKey = 9 << 3

// Stamp writes count files, as many of each series.
func stamp(kind string, count int, from, to string) error {
	series, err := filepath.Glob(filepath.Join(from, "service=*", "version=*"))
	if err != nil || len(series) == 0 {
		return fmt.Errorf("no recording below %s", from)
	}
	for nth, folder := range series {
		recordings, err := unpacked(filepath.Join(folder, kind+"-*.pb.gz"))
		if err != nil {
			return err
		}
		labels, _ := filepath.Rel(from, folder)
		out := filepath.Join(to, labels)
		if err := os.MkdirAll(out, 0o755); err != nil {
			return err
		}
		for step := range count / len(series) {
			nanos := begin.Add(time.Duration(step)*interval).UnixNano() + int64(nth)
			path := filepath.Join(out, fmt.Sprintf("%s-%d.pb.gz", kind, nanos))
			if err := write(path, recordings[step%len(recordings)], nanos); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unpacked is the content of all files of a pattern.
func unpacked(pattern string) ([][]byte, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no file %s", pattern)
	}
	var contents [][]byte
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		packed, err := gzip.NewReader(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		content, err := io.ReadAll(packed)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		contents = append(contents, content)
	}
	return contents, nil
}

// Write packs a profile with another time, as Go's runtime packs it.
func write(path string, profile []byte, nanos int64) error {
	start, end := timeOf(profile)
	var out bytes.Buffer
	packed, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	packed.Write(profile[:start])
	packed.Write(binary.AppendUvarint(nil, uint64(nanos)))
	packed.Write(profile[end:])
	if err := packed.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// TimeOf is where the time of a profile begins and ends.
func timeOf(profile []byte) (int, int) {
	for at := 0; at < len(profile); {
		key, n := binary.Uvarint(profile[at:])
		at += n
		value, n := binary.Uvarint(profile[at:])
		if key == timeKey {
			return at, at + n
		}
		at += n
		// Bytes; every other field of a profile is a number.
		if key&7 == 2 {
			at += int(value)
		}
	}
	panic("a profile without a time")
}
