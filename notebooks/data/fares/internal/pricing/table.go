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

// Quote returns the fares of a connection, for each class and each of many days.
func (table *Table) Quote(connection string, days int) []Fare {
	fares := make([]Fare, 0, 3*days)
	seed := seedOf(connection)
	for day := range days {
		for class, factor := range []float64{1, 1.6, 2.9} {
			amount := table.amount(seed+day*31+class, factor)
			fares = append(fares, Fare{Class: []string{"second", "first", "sleeper"}[class], Cents: round(amount)})
		}
	}
	return fares
}

func (table *Table) amount(seed int, factor float64) float64 {
	amount := 0.0
	for kilometre := range 250 {
		amount += table.perKilometre[(seed+kilometre*7)%len(table.perKilometre)] * factor
	}
	return amount
}

func seedOf(text string) int {
	hash := fnv.New32a()
	hash.Write([]byte(text))
	return int(hash.Sum32() % 10007)
}
