// Package export writes timetables for travellers who print them.
package export

import (
	"fmt"
	"strings"
)

// page makes one page of the timetable.
func page(connection string, number int) string {
	var text strings.Builder
	for line := range 40 {
		fmt.Fprintf(&text, "%s %02d:%02d platform %d\n", connection, (number+line)%24, line, line%9)
	}
	return text.String()
}
