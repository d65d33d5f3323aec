package recording

import (
	"encoding/binary"
	"slices"
	"time"
)

// Go's heap, mutex and block profiles open with two columns that count up from
// the start of the process: allocations, and contentions with their delay.
// Adding up such snapshots over time would count the first minute again in every
// later one. A continuous profiler therefore records what each interval added.
const countingColumns = 2

// counter records one of those profiles interval by interval. Columns after the
// counting ones (inuse_objects, inuse_space) say how things stand at the
// interval's end, and are kept.
type counter struct {
	name  string
	since time.Time
	base  map[string][]int64
}

func newCounter(name string) (*counter, error) {
	message, err := snapshot(name)
	if err != nil {
		return nil, err
	}
	return &counter{name, time.Now(), totals(message)}, nil
}

// record saves what was added since the last call, stamped with the interval's
// start and length, as a CPU profile is.
func (c *counter) record(folder string) error {
	message, err := snapshot(c.name)
	if err != nil {
		return err
	}
	now := time.Now()
	interval := added(message, c.base)
	interval = appendNumber(interval, fieldTime, uint64(c.since.UnixNano()))
	interval = appendNumber(interval, fieldDuration, uint64(now.Sub(c.since)))
	c.since, c.base = now, totals(message)
	return save(folder, c.name, interval)
}

// totals lists the values of each stack.
func totals(message []byte) map[string][]int64 {
	addresses := addressesOf(message)
	values := map[string][]int64{}
	for f := range fields(message) {
		if f.number == fieldSample {
			s := parseSample(f.data)
			values[s.key(addresses)] = s.values
		}
	}
	return values
}

// added is the profile less the base, without its stamps. Only samples are
// rewritten; those that are left without any value go.
func added(message []byte, base map[string][]int64) []byte {
	addresses := addressesOf(message)
	var interval []byte
	for f := range fields(message) {
		switch f.number {
		case fieldTime, fieldDuration:
		case fieldSample:
			s := parseSample(f.data)
			for column, before := range base[s.key(addresses)] {
				if column < countingColumns {
					s.values[column] -= before
				}
			}
			if slices.ContainsFunc(s.values, func(v int64) bool { return v != 0 }) {
				interval = appendBytes(interval, fieldSample, s.encode())
			}
		default:
			interval = append(interval, f.raw...)
		}
	}
	return interval
}

// sample is a pprof sample; labels stay encoded.
type sample struct {
	locations []uint64
	values    []int64
	labels    []byte // with their tags
	size      uint64 // the numeric label of heap samples, else 0
}

func parseSample(message []byte) sample {
	var s sample
	for f := range fields(message) {
		switch f.number {
		case fieldSampleLocation:
			s.locations = append(s.locations, f.numbers()...)
		case fieldSampleValue:
			for _, v := range f.numbers() {
				s.values = append(s.values, int64(v))
			}
		case fieldSampleLabel:
			s.labels = append(s.labels, f.raw...)
			for label := range fields(f.data) {
				if label.number == fieldLabelNumber {
					s.size = label.number64
				}
			}
		}
	}
	return s
}

// key names a stack across snapshots: location ids do not, addresses do. The
// runtime counts a stack once for each size of object it allocates.
func (s sample) key(addresses map[uint64]uint64) string {
	key := binary.AppendUvarint(nil, s.size)
	for _, id := range s.locations {
		key = binary.AppendUvarint(key, addresses[id])
	}
	return string(key)
}

func (s sample) encode() []byte {
	var locations, values []byte
	for _, id := range s.locations {
		locations = binary.AppendUvarint(locations, id)
	}
	for _, v := range s.values {
		values = binary.AppendUvarint(values, uint64(v))
	}
	message := appendBytes(nil, fieldSampleLocation, locations)
	message = appendBytes(message, fieldSampleValue, values)
	return append(message, s.labels...)
}

func addressesOf(message []byte) map[uint64]uint64 {
	addresses := map[uint64]uint64{}
	for f := range fields(message) {
		if f.number != fieldLocation {
			continue
		}
		var id, address uint64
		for part := range fields(f.data) {
			switch part.number {
			case fieldLocationID:
				id = part.number64
			case fieldLocationAddress:
				address = part.number64
			}
		}
		addresses[id] = address
	}
	return addresses
}

func stampOf(message []byte) uint64 {
	for f := range fields(message) {
		if f.number == fieldTime {
			return f.number64
		}
	}
	return 0
}
