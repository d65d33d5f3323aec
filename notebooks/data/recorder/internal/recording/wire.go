package recording

import (
	"encoding/binary"
	"iter"
)

// Field numbers of pprof's profile.proto, as far as they are needed here.
const (
	fieldSample   = 2
	fieldLocation = 4
	fieldTime     = 9
	fieldDuration = 10

	fieldSampleLocation = 1
	fieldSampleValue    = 2
	fieldSampleLabel    = 3

	fieldLabelNumber = 3

	fieldLocationID      = 1
	fieldLocationAddress = 3
)

// The two wire types that runtime/pprof writes.
const (
	wireNumber = 0
	wireBytes  = 2
)

// field is one field of a protobuf message: a number, or bytes. Raw is all of it,
// with its tag.
type field struct {
	number   int
	number64 uint64
	data     []byte
	raw      []byte
}

// fields walks a message that runtime/pprof wrote a moment ago in this very
// process; anything that is not well formed is a bug, and panics.
func fields(message []byte) iter.Seq[field] {
	return func(yield func(field) bool) {
		for len(message) > 0 {
			f, size := readField(message)
			if !yield(f) {
				return
			}
			message = message[size:]
		}
	}
}

func readField(message []byte) (field, int) {
	tag, size := binary.Uvarint(message)
	value, n := binary.Uvarint(message[size:])
	size += n
	f := field{number: int(tag >> 3)}
	switch tag & 7 {
	case wireNumber:
		f.number64 = value
	case wireBytes:
		f.data = message[size : size+int(value)]
		size += int(value)
	default:
		panic("recording: runtime/pprof wrote an unknown wire type")
	}
	f.raw = message[:size]
	return f, size
}

// numbers reads a repeated number, packed or not.
func (f field) numbers() []uint64 {
	if f.data == nil {
		return []uint64{f.number64}
	}
	var numbers []uint64
	for rest := f.data; len(rest) > 0; {
		n, size := binary.Uvarint(rest)
		numbers = append(numbers, n)
		rest = rest[size:]
	}
	return numbers
}

func appendNumber(message []byte, number int, value uint64) []byte {
	message = binary.AppendUvarint(message, uint64(number<<3|wireNumber))
	return binary.AppendUvarint(message, value)
}

func appendBytes(message []byte, number int, data []byte) []byte {
	message = binary.AppendUvarint(message, uint64(number<<3|wireBytes))
	message = binary.AppendUvarint(message, uint64(len(data)))
	return append(message, data...)
}
