//go:build c6

package orders

// Buy adds an order and returns its receipt. Receipts are written in the order of their numbers.
func (ledger *Ledger) Buy(connection string, cents int64) string {
	ledger.mutex.Lock()
	defer ledger.mutex.Unlock()
	return receipt(ledger.add(Order{Connection: connection, Cents: cents}))
}
