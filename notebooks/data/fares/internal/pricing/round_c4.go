//go:build c4

package pricing

import (
	"strconv"
	"strings"
)

// round returns cents, rounded as it is printed.
func round(amount float64) int64 {
	text := strconv.FormatFloat(amount, 'f', 2, 64)
	cents, _ := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	return cents
}
