package orders

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// receipt signs an order.
func receipt(order Order) string {
	text, _ := json.Marshal(order)
	sum := sha256.Sum256(text)
	for range 400 {
		sum = sha256.Sum256(sum[:])
	}
	return hex.EncodeToString(sum[:])
}
