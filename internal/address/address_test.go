package address

import "testing"

func TestAnAddressIsASocketOrAHostWithAPort(t *testing.T) {
	for text, want := range map[string]Address{
		"/run/x.sock": {"unix", "/run/x.sock"}, "unix:///run/x.sock": {"unix", "/run/x.sock"},
		"localhost:80": {"tcp", "localhost:80"}, "[::1]:80": {"tcp", "[::1]:80"}, "10.0.0.1:65535": {"tcp", "10.0.0.1:65535"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "relative/path", "host", "host:", ":80", "host:65536", "host:http", "unix://relative", "http://host:80/x", "unix:/run/x",
	} {
		if got, err := Parse(text); err == nil || got != (Address{}) {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestWhatStaysOnThisMachineIsKnown(t *testing.T) {
	for _, host := range []string{"localhost", "localhost:80", "127.0.0.1", "127.9.9.9:80", "::1", "[::1]", "[::1]:80"} {
		if !Local(host) {
			t.Errorf("%s is local", host)
		}
	}
	for _, host := range []string{"", "10.0.0.1", "10.0.0.1:80", "localhost.example", "[2001:db8::1]:80", ":80"} {
		if Local(host) {
			t.Errorf("%s is not local", host)
		}
	}
	if !(Address{"unix", "/run/x"}).Local() || !(Address{"tcp", "[::1]:80"}).Local() || (Address{"tcp", "10.0.0.1:80"}).Local() {
		t.Error("an address is not as local as its host")
	}
}
