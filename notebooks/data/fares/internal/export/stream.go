//go:build !c3

package export

// Pages returns the first pages of a timetable; a traveller may want only a few of them.
func Pages(connection string, wanted int) []string {
	var pages []string
	for number := range wanted {
		pages = append(pages, page(connection, number))
	}
	return pages
}
