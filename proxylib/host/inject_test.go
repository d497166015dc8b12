package host_test

import "testing"

func TestInjectedBytesAreTakenInOrderFromTheirDirection(t *testing.T) {
	t.Parallel()
	conn, seen := connect(t)
	if got := conn.TakeInjected(true, 5); conn.Injected(true) != 0 || len(got) != 0 {
		t.Errorf("before the first injection %q", got)
	}
	seen.Inject(true, []byte("reply"))
	seen.Inject(false, []byte("request"))
	if conn.Injected(true) != 5 || conn.Injected(false) != 7 {
		t.Errorf("%d and %d bytes wait, want 5 and 7", conn.Injected(true), conn.Injected(false))
	}
	first, rest := conn.TakeInjected(true, 2), conn.TakeInjected(true, 100)
	if string(first) != "re" || string(rest) != "ply" || conn.Injected(true) != 0 {
		t.Errorf("took %q and %q, %d are left", first, rest, conn.Injected(true))
	}
	conn.ReleaseInjectBuf(true)
	conn.ReleaseInjectBuf(false)
	if conn.ReplyBuf != nil || conn.OrigBuf == nil || conn.Injected(false) != 7 {
		t.Errorf("an empty buffer is kept (%v), or one with bytes is not", conn.ReplyBuf)
	}
}
