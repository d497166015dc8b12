package policy

import "testing"

func TestAPrefixMayBeABareAddress(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.0.0.1": "10.0.0.1/32", "fd00::1": "fd00::1/128", "10.0.0.1/8": "10.0.0.1/8", "::/0": "::/0",
	} {
		if got, ok := PrefixOrAddress(text); !ok || got.String() != want {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "/", "ten", "10.0.0.0/33", "10.0.0", "fe80::1%eth0", "fe80::1%eth0/64", "10.0.0.1 "} {
		if got, ok := PrefixOrAddress(text); ok {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestAPrefixWithHostBitsIsRefusedWithTheOneThatIsMeant(t *testing.T) {
	if _, err := ParsePrefix("10.0.0.1/8"); err == nil || err.Error() != "10.0.0.1/8 has host bits set: give 10.0.0.0/8" {
		t.Errorf("got %v", err)
	}
	if _, err := ParsePrefix("ten"); err == nil || err.Error() != `"ten" is not a prefix: give one like 10.0.0.0/8` {
		t.Errorf("got %v", err)
	}
}
