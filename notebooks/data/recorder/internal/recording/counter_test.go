package recording

import (
	"slices"
	"testing"
)

// profile makes a message of one location (id, address) and one sample at it.
func profile(id, address uint64, values ...int64) []byte {
	location := appendNumber(appendNumber(nil, fieldLocationID, id), fieldLocationAddress, address)
	message := appendBytes(nil, fieldLocation, location)
	message = appendBytes(message, fieldSample, sample{locations: []uint64{id}, values: values}.encode())
	return appendNumber(message, fieldTime, 77)
}

func valuesOf(message []byte) [][]int64 {
	var values [][]int64
	for f := range fields(message) {
		if f.number == fieldSample {
			values = append(values, parseSample(f.data).values)
		}
	}
	return values
}

func TestCountingColumnsBecomeWhatWasAddedAndGaugesStay(t *testing.T) {
	// The same stack, at address 0x40, has another location id in the second snapshot.
	before, after := profile(1, 0x40, 10, 1000, 3, 300), profile(9, 0x40, 14, 1400, 2, 200)
	got := valuesOf(added(after, totals(before)))
	if want := []int64{4, 400, 2, 200}; len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("got %v, want [%v]", got, want)
	}
}

func TestAStackThatAddedNothingGoes(t *testing.T) {
	if got := valuesOf(added(profile(1, 0x40, 5, 500), totals(profile(1, 0x40, 5, 500)))); got != nil {
		t.Errorf("got %v, want no sample", got)
	}
}

func TestAnotherStackIsNotSubtracted(t *testing.T) {
	got := valuesOf(added(profile(1, 0x50, 5, 500), totals(profile(1, 0x40, 5, 500))))
	if want := []int64{5, 500}; len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("got %v, want [%v]", got, want)
	}
}

func TestTheRuntimesOwnProfileHasAStamp(t *testing.T) {
	message, err := snapshot("heap")
	if err != nil {
		t.Fatal(err)
	}
	if stampOf(message) == 0 {
		t.Error("no time stamp")
	}
}
