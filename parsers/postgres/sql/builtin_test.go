package sql

import "testing"

// A function that the server lacks is one of a user, if no schema is named.
func TestAFunctionIsBuiltInInReleasesThatHaveIt(t *testing.T) {
	for _, c := range []struct {
		text string
		// classes are those in 15, 18, and one that is older than any that was asked.
		classes [3]Class
	}{
		{"SELECT date_add('2026-01-01', '1 day')", [3]Class{Write, Read, Write}},
		{"SELECT pg_catalog.date_add('2026-01-01', '1 day')", [3]Class{Read, Read, Read}},
		{"SELECT uuidv7()", [3]Class{Write, Read, Write}},
		{"SELECT interval_accum('{}', '1 day')", [3]Class{Read, Write, Write}},
		{"SELECT lower('A')", [3]Class{Read, Read, Write}},
		{"SELECT pg_catalog.lower('A')", [3]Class{Read, Read, Read}},
		{"SELECT information_schema._pg_expandarray('{1}')", [3]Class{Read, Read, Read}},
		{"SELECT information_schema.f()", [3]Class{Write, Write, Write}},
		{"SELECT _pg_expandarray('{1}')", [3]Class{Write, Write, Write}},
		{"SELECT pg_sync_replication_slots()", [3]Class{Admin, Admin, Admin}},
	} {
		for i, version := range []uint8{15, 18, 13} {
			var r Reader
			set := Settings{Client: EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: version}
			if err := r.Read([]byte(c.text), set); err != nil || len(r.Accesses) == 0 || r.Accesses[0].Kind != Function || r.Accesses[0].Class != c.classes[i] {
				t.Errorf("%s in version %d: %+v, %v: want first a call of class %v", c.text, version, r.Accesses, err, c.classes[i])
			}
		}
	}
}

func TestVersionsAreRead(t *testing.T) {
	for text, want := range map[string]uint8{
		"18.1 (Debian 18.1-1)": 18, "15.14": 15, "17beta1": 17, "": 0, "x": 0, "255": 255, "256": 0, "259": 0, "2590": 0, "1800000": 0,
	} {
		if got := VersionOf([]byte(text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}
