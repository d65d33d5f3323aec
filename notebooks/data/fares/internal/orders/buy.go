//go:build !c6

package orders

// Buy adds an order and returns its receipt.
func (ledger *Ledger) Buy(connection string, cents int64) string {
	ledger.mutex.Lock()
	order := ledger.add(Order{Connection: connection, Cents: cents})
	ledger.mutex.Unlock()
	return receipt(order)
}
