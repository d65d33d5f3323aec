// Package orders keeps what was sold.
package orders

import "sync"

// Order is a ticket.
type Order struct {
	Connection string
	Cents      int64
	Number     int
}

// Ledger has the orders of all travellers.
type Ledger struct {
	mutex  sync.Mutex
	orders []Order
	next   int
}

// The ledger keeps so many orders; older ones are in the archive.
const limit = 2000

func (ledger *Ledger) add(order Order) Order {
	ledger.next++
	order.Number = ledger.next
	ledger.orders = append(ledger.orders, order)
	if len(ledger.orders) > limit {
		ledger.orders = append(ledger.orders[:0], ledger.orders[limit/2:]...)
	}
	return order
}
