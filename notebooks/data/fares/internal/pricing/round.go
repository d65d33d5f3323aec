//go:build !c4

package pricing

import "math"

// round returns cents.
func round(amount float64) int64 {
	return int64(math.Round(amount * 100))
}
