// Package pricing says what a journey costs.
package pricing

import "hash/fnv"

// Table has the price of each kilometre.
type Table struct {
	perKilometre []float64
}

// NewTable makes up the tariff.
func NewTable() *Table {
	table := &Table{}
	for i := range 400 {
		table.perKilometre = append(table.perKilometre, 0.05+float64(i%37)/500)
	}
	return table
}

// Fare is an offer.
type Fare struct {
	Class string
	Cents int64
}

// Quote returns the cheapest fare of each class, over many days.
func (table *Table) Quote(connection string, days int) []Fare {
	fares := []Fare{{Class: "second"}, {Class: "first"}, {Class: "sleeper"}}
	seed := seedOf(connection)
	for day := range days {
		for class, factor := range []float64{1, 1.6, 2.9} {
			cents := round(table.amount(seed+day*31+class, factor))
			if fares[class].Cents == 0 || cents < fares[class].Cents {
				fares[class].Cents = cents
			}
		}
	}
	return fares
}

func (table *Table) amount(seed int, factor float64) float64 {
	amount := 0.0
	for kilometre := range 60 {
		amount += table.perKilometre[(seed+kilometre*7)%len(table.perKilometre)] * factor
	}
	return amount
}

func seedOf(text string) int {
	hash := fnv.New32a()
	hash.Write([]byte(text))
	return int(hash.Sum32() % 10007)
}
