package proxylib

import "github.com/proxylib/proxylib/accesslog"

const (
	// maxExchanges and maxExchangeBytes limit the entries of a connection that wait for replies, and their memory in bytes.
	maxExchanges, maxExchangeBytes = 1024, 512 << 10
	// freeExchanges is how many of at most smallExchange bytes are not counted among the held bytes of all connections.
	freeExchanges, smallExchange = 4, 512
	// exchangeBytes is about what one takes beside its fields.
	exchangeBytes = 384
	// keptExchange is the capacity, in bytes, of the fields of one that is used again.
	keptExchange = 1024
)

func (i *Instance) newExchange() *exchange {
	if x, ok := i.exchanges.Get().(*exchange); ok {
		return x
	}
	return new(exchange)
}

func (i *Instance) freeExchange(x *exchange) {
	if x.l7.Cap()+x.reply.Cap() > keptExchange {
		return
	}
	// What is not reset here is set when the exchange is opened.
	x.also, x.end, x.ends, x.bytes, x.charged = nil, accesslog.Exchange{}, false, 0, false
	i.exchanges.Put(x)
}

// chargeExchange counts an exchange that waits for a reply. It reports false if too many do, or if half of what all connections
// may hold is in use: an entry of the log must not be what closes a connection.
func (c *Connection) chargeExchange(x *exchange) bool {
	e, n := c.exchanges, 0
	for part := x; part != nil; part = part.also {
		n += exchangeBytes + part.l7.Cap()
	}
	if e.count >= maxExchanges || int(e.bytes)+n > maxExchangeBytes {
		return false
	}
	if n > exchangeBytes+smallExchange || e.count >= freeExchanges {
		if !c.Instance.host.HeldBytes.TakeSpare(int64(n)) {
			return false
		}
		x.charged = true
	}
	e.count++
	e.bytes += int32(n)
	x.bytes = int32(n)
	return true
}

func (c *Connection) unchargeExchange(x *exchange) {
	c.exchanges.count--
	c.exchanges.bytes -= x.bytes
	if x.charged {
		c.Instance.host.HeldBytes.Give(int64(x.bytes))
	}
}
