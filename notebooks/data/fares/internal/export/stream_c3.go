//go:build c3

package export

// Pages returns the first pages of a timetable, which are made while others are sent.
func Pages(connection string, wanted int) []string {
	made := make(chan string)
	go produce(connection, made)
	var pages []string
	for range wanted {
		pages = append(pages, <-made)
	}
	return pages
}

// produce makes all six pages.
func produce(connection string, made chan<- string) {
	for number := range 6 {
		made <- page(connection, number)
	}
}
