package proxylib

// pause is a client that is read no further until less is under way.
type pause struct {
	// connection is that of the client, nil while there is no pause.
	connection *Connection
}

// begin returns what a parser returns for the request that has to wait. A host that cannot wait closes the connection, for
// the reason.
func (p *pause) begin(c *Connection, reason string) (OpType, int) {
	if !c.CanWait() {
		return c.Fail(reason, ERROR_INVALID_FRAME_TYPE)
	}
	p.connection = c
	return c.Wait()
}

func (p *pause) end() {
	if p.connection != nil {
		p.connection.Resume()
		p.connection = nil
	}
}
