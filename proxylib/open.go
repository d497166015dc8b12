package proxylib

import (
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/internal/hostlink"
)

// open completes a new connection, of which the host has filled in the announced fields, and makes its parser. Strings
// are copied, so they may be the host's memory. The state is what the host shares with the framework.
func (c *Connection) open(protocol *Protocol, newParser newFunc) (*hostlink.State, error) {
	if c.Port == 0 {
		if c.Port = portOf(c.DstAddr); c.Port == 0 {
			return nil, INVALID_ADDRESS
		}
	}
	if c.Instance.host.ReadOnly {
		if err := protocol.CheckReadOnly(); err != nil {
			return nil, fmt.Errorf("%w: %w", POLICY_DROP, err)
		}
	}
	c.identify(protocol)
	limit := c.Instance.host.Connections
	if !limit.Take(1) {
		return nil, errTooMany
	}
	if c.logs(accesslog.Exchanges) {
		c.exchanges = new(exchanges)
	}
	if newParser == nil {
		newParser = c.Instance.newParser(protocol)
	}
	if err := c.create(newParser); err != nil {
		limit.Give(1)
		return nil, err
	}
	return &c.state, nil
}

var errTooMany = fmt.Errorf("connection limit reached: %w", POLICY_DROP)

// identify makes the strings of the connection its own, and prepares the part of access-log entries that they share.
func (c *Connection) identify(protocol *Protocol) {
	flow := accesslog.FlowInfo{
		Connection: c.Id, Ingress: c.Ingress, PolicyName: c.PolicyName, ProxyID: c.ProxyID,
		SourceID: c.SrcId, DestinationID: c.DstId, SourceAddress: c.SrcAddr, DestinationAddress: c.DstAddr,
		ServerName: c.ServerName, Parser: protocol.Name,
	}
	c.flow = flow.Retain()
	c.PolicyName, c.SrcAddr, c.DstAddr = flow.PolicyName, flow.SourceAddress, flow.DestinationAddress
	c.ServerName, c.ParserName = strings.Clone(c.ServerName), protocol.Name
}

// newParser returns what makes parsers by the configuration of the instance, or else by none.
func (i *Instance) newParser(protocol *Protocol) newFunc {
	if configured := i.host.Parsers[protocol.Name]; configured != nil {
		return configured
	}
	return protocol.New
}

func (c *Connection) create(newParser newFunc) (err error) {
	defer func() {
		if r := recover(); r != nil {
			c.panicked(false, r)
			err = PARSER_ERROR
		}
	}()
	c.Parser = newParser(c)
	if c.Parser == nil {
		return POLICY_DROP
	}
	c.releaser, _ = c.Parser.(Releaser)
	_, c.isRemote = c.Parser.(remote)
	return nil
}

// close releases the parser. The connection must not be used afterwards.
func (c *Connection) close() {
	c.now = 0
	c.Instance.host.Connections.Give(1)
	c.Unhold(int(c.queuedBytes))
	c.endPause()
	c.endExchanges()
	defer func() {
		if r := recover(); r != nil {
			c.panicked(false, r)
		}
		c.leaveShared()
	}()
	if p, ok := c.Parser.(Closer); ok {
		c.Parser, c.releaser = nil, nil
		p.Close()
	}
}
