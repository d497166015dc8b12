package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// client speaks memcached's text protocol on one connection.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dial(addr string) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReader(conn)}, nil
}

func (c *client) send(requests string) error {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := io.WriteString(c.conn, requests)
	return err
}

// reply reads the reply to one request: a line, or values and the line after them.
func (c *client) reply() (string, error) {
	var reply strings.Builder
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return reply.String(), fmt.Errorf("read the reply: %w", err)
		}
		reply.WriteString(line)
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "VALUE" {
			return reply.String(), nil
		}
		size, err := strconv.Atoi(words[3])
		if err != nil {
			return reply.String(), fmt.Errorf("reply %q: %w", line, err)
		}
		if _, err := io.CopyN(&reply, c.reader, int64(size+2)); err != nil {
			return reply.String(), fmt.Errorf("read a value: %w", err)
		}
	}
}
