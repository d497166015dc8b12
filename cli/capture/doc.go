// Package capture reads TCP connections from captures of packets, pcap and pcapng, and hands over what client and server
// say in the order in which it reached the other.
package capture
