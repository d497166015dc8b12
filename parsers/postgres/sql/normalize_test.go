package sql

import "testing"

func TestNormalizedTextsDifferInWhatIsNotLiteral(t *testing.T) {
	set := Settings{Client: EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: 18}
	var r Reader
	for text, want := range map[string]string{
		"SELECT  a,'x' , 2,$3 FROM\tT -- c\nWHERE b=E'\\'' || 1.5": "select a , ? from t where b = ? || ?",
		`SELECT "A b", U&"\0041" FROM S.t`:                         `select "A b" , U&"\0041" from s . t`,
		"SELECT 1, a, 2, 3; ;VALUES (1),(2)":                       "select ? , a , ? ; ; values ( ? ) , ( ? )",
		"SELECT $$a$$, B'1'":                                       "select ?",
	} {
		if err := r.Read([]byte(text), set); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(r.Normalized()); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
