package memcache

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMetaCommandsAreReadWithTheirFlags(t *testing.T) {
	opaque31 := strings.Repeat("o", 31)
	for _, c := range []struct {
		line, key  string
		operations operations
		quiet      bool
		bytes      int
		times      []int64
	}{
		{line: "mg k", key: "k", operations: opGet, bytes: noValue},
		{line: "mg  k   v ", key: "k", operations: opGet, bytes: noValue},
		{line: "mg noreply v", key: "noreply", operations: opGet, bytes: noValue},
		{line: "mg k v q k O" + opaque31, key: "k", operations: opGet, quiet: true, bytes: noValue},
		{line: "mg k b c f h l s t u C1 R30 Pa Lb", key: "", operations: opGet, bytes: noValue},
		{line: "mg k c f h l s t u C1 R30 Pa Lb", key: "k", operations: opGet, bytes: noValue},
		{line: "mg k T30", key: "k", operations: opGat, bytes: noValue, times: []int64{30}},
		{line: "mg k N30 T-1", key: "k", operations: opGat | opAdd, bytes: noValue, times: []int64{30, -1}},
		{line: "mg k E5", key: "k", operations: opGat, bytes: noValue},
		{line: "mg c2VjcmV0 b v", key: "secret", operations: opGet, bytes: noValue},
		{line: "mg v b YSBi", key: "", operations: 0},
		{line: "mg YSAADQo= b", key: "a \x00\r\n", operations: opGet, bytes: noValue},
		{line: "ms k 5", key: "k", operations: opSet, bytes: 5, times: []int64{0}},
		{line: "ms k 005 T60 F4294967295 I c k s", key: "k", operations: opSet, bytes: 5, times: []int64{60}},
		{line: "ms k 5 MS q", key: "k", operations: opSet, quiet: true, bytes: 5, times: []int64{0}},
		{line: "ms k 5 ME", key: "k", operations: opAdd, bytes: 5, times: []int64{0}},
		{line: "ms k 5 MR C18446744073709551615", key: "k", operations: opReplace, bytes: 5, times: []int64{0}},
		{line: "ms k 5 MA", key: "k", operations: opAppend, bytes: 5},
		{line: "ms k 5 MP N60", key: "k", operations: opPrepend | opAdd, bytes: 5, times: []int64{60}},
		{line: "ms c2VjcmV0 5 b", key: "secret", operations: opSet, bytes: 5, times: []int64{0}},
		{line: "md k", key: "k", operations: opDelete, bytes: noValue},
		{line: "md k q I T30 x C1 E2 k", key: "k", operations: opDelete, quiet: true, bytes: noValue, times: []int64{30}},
		{line: "ma k", key: "k", operations: opIncr, bytes: noValue},
		{line: "ma k MI D5 v t c", key: "k", operations: opIncr, bytes: noValue},
		{line: "ma k M+", key: "k", operations: opIncr, bytes: noValue},
		{line: "ma k MD", key: "k", operations: opDecr, bytes: noValue},
		{line: "ma k M- T5", key: "k", operations: opDecr | opTouch, bytes: noValue, times: []int64{5}},
		{line: "ma k N0 J5 q", key: "k", operations: opIncr | opAdd, quiet: true, bytes: noValue, times: []int64{0}},
		{line: "me k", key: "k", operations: opMetaDebug, bytes: noValue},
		{line: "me c2VjcmV0 b", key: "secret", operations: opMetaDebug, bytes: noValue},
		{line: "mn", key: "", operations: opMetaNoop, bytes: noValue},
	} {
		var l line
		err := l.decode([]byte(c.line+"\r\n"), false, new([]byte))
		if c.key == "" && c.line != "mn" {
			if err == nil {
				t.Errorf("%q was accepted", c.line)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		if string(l.key) != c.key || l.operations != c.operations || l.quiet != c.quiet || l.bytes != c.bytes ||
			fmt.Sprint(l.times[:l.nTimes]) != fmt.Sprint(c.times) {
			t.Errorf("%q: key %q operations %b quiet %v bytes %d times %v", c.line, l.key, l.operations, l.quiet, l.bytes,
				l.times[:l.nTimes])
		}
	}
}

func TestMetaCommandsThatServersReadInDifferentWaysAreRefused(t *testing.T) {
	for _, c := range []struct {
		line string
		want error
	}{
		{"mg", errTokens},
		{"ms", errTokens},
		{"ms k", errTokens},
		{"mn x", errTokens},
		{"mg " + strings.Repeat("k", 251), errKey},
		{"ms " + strings.Repeat("k", 251) + " 5", errKey},
		{"ms k S5", errNumber},
		{"ms k +5", errNumber},
		{"ms k -1", errNumber},
		{"ms k 2147483646", errNumber},
		{"mg k v v", errFlag},
		{"mg k O1 O1", errFlag},
		{"mg k Z", errFlag},
		{"mg k noreply", errFlag},
		{"mg k q1", errFlag},
		{"mg k vx", errFlag},
		{"mg k {", errFlag},
		{"mg k 1", errFlag},
		{"mg k \x80", errFlag},
		{"mg k \xff", errFlag},
		{"mg k I", errFlag},
		{"mg k x", errFlag},
		{"mg k T", errTokens},
		{"mg k T+5", errNumber},
		{"mg k T2147483648", errNumber},
		{"mg k T5x", errNumber},
		{"mg k N", errTokens},
		{"mg k C", errTokens},
		{"mg k C18446744073709551616", errNumber},
		{"mg k O" + strings.Repeat("o", 32), errFlag},
		{"mg c f h k l q s t u v C1 E1 N1 O1 P1 R1 T1 La b", errFlags},
		{"ms k 5 S5", errFlag},
		{"ms k 5 M", errFlag},
		{"ms k 5 Me", errFlag},
		{"ms k 5 MX", errFlag},
		{"ms k 5 MEE", errFlag},
		{"ms k 5 F4294967296", errNumber},
		{"ms k 5 F", errTokens},
		{"ms k 5 v", errFlag},
		{"ma k Mi", errFlag},
		{"ma k MS", errFlag},
		{"ma k D-1", errNumber},
		{"me k q", errFlag},
		{"me k v", errFlag},
		{"mg c2VjcmV b", errBase64},
		{"mg c2VjcmV0= b", errBase64},
		{"mg YR== b", errBase64},
		{"mg YQ b", errBase64},
		{"mg Y=Q= b", errBase64},
		{"mg YQ-_ b", errBase64},
		{"mg ==== b", errBase64},
	} {
		var l line
		if err := l.decode([]byte(c.line+"\r\n"), false, new([]byte)); !errors.Is(err, c.want) {
			t.Errorf("%q: error %v, want %v", c.line, err, c.want)
		}
	}
}
