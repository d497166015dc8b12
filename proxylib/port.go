package proxylib

import (
	"math"
	"net/netip"
)

// portOf returns the port of "address:port", with an IPv6 address in brackets, or 0 if it is not that.
func portOf(address string) uint16 {
	if port := portOfIPv4(address); port != 0 {
		return port
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0
	}
	return parsed.Port()
}

// portOfIPv4 is [portOf], in fewer steps, for what most addresses are: four numbers and a port, without leading zeros. It
// answers 0 for any other.
func portOfIPv4(address string) uint16 {
	const separators = "...:"
	numbers, digits, n := 0, 0, uint32(0)
	for i := range len(address) {
		c := address[i]
		switch {
		case c-'0' <= 9:
			if digits > 0 && n == 0 {
				return 0
			}
			digits++
			if n = 10*n + uint32(c-'0'); n > math.MaxUint16 {
				return 0
			}
		case digits == 0 || n > math.MaxUint8 || numbers == len(separators) || c != separators[numbers]:
			return 0
		default:
			numbers, digits, n = numbers+1, 0, 0
		}
	}
	if numbers < len(separators) {
		return 0
	}
	return uint16(n)
}
