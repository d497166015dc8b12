package proxylib

import (
	"net/netip"
	"testing"
)

func FuzzThePortOfAnAddressIsThatOfTheStandardLibrary(f *testing.F) {
	for _, address := range []string{
		"10.0.0.1:80", "0.0.0.0:65535", "255.255.255.255:1", "256.0.0.1:80", "10.0.0.1:65536", "10.0.0.1:4294967376", "1.2.3:80",
		"1.2.3.4.5:80", "1.2.3.4:5:80", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:080", "01.2.3.4:80", "1..3.4:80", "1.2.3.4", "", ":80",
		"1:2:3.4:80", "[::1]:80", "[::ffff:1.2.3.4]:80", "::1:80", "nowhere:80", "1.2.3.4:+80", "1.2.3.4:80.",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		want := uint16(0)
		if parsed, err := netip.ParseAddrPort(address); err == nil {
			want = parsed.Port()
		}
		if got := portOf(address); got != want {
			t.Errorf("%q: %d, want %d", address, got, want)
		}
	})
}
