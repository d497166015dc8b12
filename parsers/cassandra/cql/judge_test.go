//go:build e2e

package cql

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/proxylib/proxylib/internal/judge"
)

var (
	judged    = flag.String("cassandra", "5.0.9", "release of Cassandra whose code judges")
	textCount = flag.Int("texts", 100_000, "number of texts that the judge is asked about")
	judgeSeed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "where the texts begin")
)

// startJudge starts a judge for the test.
func startJudge(t *testing.T) *judge.Judge {
	t.Helper()
	j, err := judge.Start(*judged)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Stop(); err != nil {
			t.Error(err)
		}
	})
	return j
}

// rounds asks about n texts in portions.
func rounds(t *testing.T, q judge.Question, n int, text func(judge.Source) string,
	answered func(text string, accepted bool, answer string)) {
	t.Helper()
	j := startJudge(t)
	source := judge.NewSource(*judgeSeed)
	t.Logf("Cassandra %s, -seed %d, %d texts", *judged, *judgeSeed, n)
	for done := 0; done < n && !t.Failed(); {
		texts := make([]string, min(10_000, n-done))
		for i := range texts {
			texts[i] = text(source)
		}
		err := j.Ask(q, texts, func(i int, accepted bool, answer string) {
			// One difference is enough.
			if !t.Failed() {
				answered(texts[i], accepted, answer)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		done += len(texts)
	}
}

// tokensOf returns the tokens as the judge writes them, and whether the last one is good.
func tokensOf(text string) (list []string, good bool) {
	l := lexer{text: []byte(text)}
	for units, from := 0, 0; ; {
		l.advance()
		if l.kind == kindEnd || l.kind == kindBad {
			return list, l.kind == kindEnd
		}
		units += len(utf16.Encode([]rune(text[from:l.from])))
		begin := units
		units += len(utf16.Encode([]rune(text[l.from:l.pos])))
		from = l.pos
		// Servers have one token for these letters, in this case, and the parenthesis after them.
		if last := len(list) - 1; l.isSymbol('(') && strings.HasSuffix(text[:l.from], "expr") &&
			list[max(last, 0)] == fmt.Sprintf("%d-%d", begin-4, begin) {
			list[last] = fmt.Sprintf("%d-%d", begin-4, units)
			continue
		}
		list = append(list, fmt.Sprintf("%d-%d", begin, units))
	}
}

// runsIntoWord reports whether a numeric token of the server's runs into the next token, which we refuse.
func runsIntoWord(text string, tokens []string) bool {
	units := utf16.Encode([]rune(text))
	for i := 1; i < len(tokens); i++ {
		var from, to, next int
		fmt.Sscanf(tokens[i-1], "%d-%d", &from, &to)
		fmt.Sscanf(tokens[i], "%d-", &next)
		if next == to && isWordByte(byte(units[to])) && (isWordByte(byte(units[from])) || units[from] == '-') {
			return true
		}
	}
	return false
}

func TestTheLexerCutsAsTheServerDoes(t *testing.T) {
	same, ours := 0, 0
	text := func(s judge.Source) string {
		if s.IntN(4) == 0 {
			return s.Mutant()
		}
		return s.Fragments()
	}
	rounds(t, judge.Tokens, *textCount, text, func(text string, accepted bool, answer string) {
		tokens, good := tokensOf(text)
		theirs := judge.List(answer)
		switch {
		case good && !accepted:
			t.Errorf("%q: the server finds no tokens, we %v", text, tokens)
		case good && !slices.Equal(tokens, theirs):
			t.Errorf("%q: the server finds %v, we %v", text, theirs, tokens)
		case good:
			same++
		case accepted && !runsIntoWord(text, theirs):
			t.Errorf("%q: the server finds %v, we stop after %v", text, theirs, tokens)
		case accepted:
			ours++
		}
	})
	t.Logf("%d cut the same way, %d refused because a number runs into a word", same, ours)
	if same < *textCount/10 {
		t.Error("too few for this to show anything")
	}
}

// kinds are the actions by what the judge calls the statements.
var kinds = map[string]Action{
	"SelectStatement$RawStatement": Select, "UpdateStatement$ParsedInsert": Insert,
	"UpdateStatement$ParsedInsertJson": Insert,
	"UpdateStatement$ParsedUpdate":     Update, "DeleteStatement$Parsed": Delete, "UseStatement": Use,
	"TruncateStatement": Truncate, "function": ExecuteFunction,
	"CreateKeyspaceStatement$Raw": CreateKeyspace, "AlterKeyspaceStatement$Raw": AlterKeyspace,
	"DropKeyspaceStatement$Raw": DropKeyspace, "CreateTableStatement$Raw": CreateTable,
	"AlterTableStatement$Raw": AlterTable, "DropTableStatement$Raw": DropTable, "CreateIndexStatement$Raw": CreateIndex,
	"DropIndexStatement$Raw": DropIndex, "CreateViewStatement$Raw": CreateView, "AlterViewStatement$Raw": AlterView,
	"DropViewStatement$Raw": DropView, "CreateTypeStatement$Raw": CreateType, "AlterTypeStatement$Raw": AlterType,
	"DropTypeStatement$Raw": DropType, "CreateFunctionStatement$Raw": CreateFunction,
	"DropFunctionStatement$Raw": DropFunction, "CreateAggregateStatement$Raw": CreateAggregate,
	"DropAggregateStatement$Raw": DropAggregate, "CreateTriggerStatement$Raw": CreateTrigger,
	"DropTriggerStatement$Raw": DropTrigger, "GrantPermissionsStatement": GrantPermission,
	"RevokePermissionsStatement": RevokePermission, "ListPermissionsStatement": ListPermissions,
	"GrantRoleStatement": GrantRole, "RevokeRoleStatement": RevokeRole, "ListRolesStatement": ListRoles,
	"ListUsersStatement": ListUsers, "ListSuperUsersStatement": ListSuperusers, "AddIdentityStatement": AddIdentity,
	"DropIdentityStatement": DropIdentity, "DescribeStatement": Describe,
}

// roleKinds are statements that servers take for one, such as CREATE USER for CREATE ROLE.
var roleKinds = map[Action]string{
	CreateRole: "CreateRoleStatement", CreateUser: "CreateRoleStatement", AlterRole: "AlterRoleStatement",
	AlterUser: "AlterRoleStatement", DropRole: "DropRoleStatement", DropUser: "DropRoleStatement",
}

// theirs returns the accesses of an answer in the form of ours.
func theirs(answer string) []string {
	found := map[string]bool{}
	for _, item := range judge.List(answer) {
		parts := strings.Split(item, judge.Part)
		kind, keyspace, name := parts[0], parts[1], parts[2]
		if a, ok := kinds[kind]; ok {
			kind = a.String()
			if !a.namesTable() {
				name = ""
			}
		}
		found[strings.Join([]string{kind, keyspace, name}, " ")] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// ours returns the accesses in the form of the judge: what an object is called without quotes, and a star for all.
func ours(r *Reader) []string {
	found := map[string]bool{}
	for i := range r.List {
		a := &r.List[i]
		kind, keyspace, name := a.Action.String(), unquoted(a.Keyspace()), unquoted(a.Table())
		if k, ok := roleKinds[a.Action]; ok {
			kind = k
		}
		switch {
		case a.Scope == Keyspaces:
			keyspace, name = "*", "*"
		case a.Action == Describe && keyspace != "":
			name = "*"
		case a.Scope == Tables && a.Action.namesTable() && name == "":
			name = "*"
		}
		found[strings.Join([]string{kind, keyspace, name}, " ")] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func unquoted(name []byte) string {
	if len(name) == 0 || name[0] != '"' {
		return string(name)
	}
	return strings.ReplaceAll(string(name[1:len(name)-1]), `""`, `"`)
}

// compare reports a text that both accept with different accesses.
func compare(t *testing.T, r *Reader, text string, accepted bool, answer string) (err error) {
	r.Reset()
	err = r.Read([]byte(text), []byte(judge.Current))
	if err != nil || !accepted {
		return err
	}
	if got, want := ours(r), theirs(answer); !slices.Equal(got, want) {
		t.Errorf("%q:\nserver %q\n  ours %q", text, want, got)
	}
	return nil
}

// What we alone refuse has a number that runs into a word, as the test of the lexer shows.
func TestMutantsAreReadAsTheServerReadsThem(t *testing.T) {
	var r Reader
	both, refused, bold := 0, 0, 0
	rounds(t, judge.Accesses, *textCount, judge.Source.Mutant, func(text string, accepted bool, answer string) {
		err := compare(t, &r, text, accepted, answer)
		switch {
		case err == nil && accepted:
			both++
		case accepted && err != ErrToken:
			t.Errorf("%q: %v, and the server reads it", text, err)
		case accepted:
			refused++
		case err == nil:
			bold++
		}
	})
	t.Logf("%d are read by both, %d by the server alone, %d by us alone", both, refused, bold)
	if both < *textCount/20 {
		t.Error("too few for this to show anything")
	}
}

// Of what the server accepts of statements that nobody has damaged, at most one in 200 may be refused.
func TestStatementsOfEveryKindThatTheServerAcceptsAreRead(t *testing.T) {
	var r Reader
	accepted, refused := 0, map[string]int{}
	statement := func(s judge.Source) string {
		if *judged >= "5" && s.IntN(8) == 0 {
			return s.Newer()
		}
		return s.Statement()
	}
	unknown := map[string]int{}
	rounds(t, judge.Accesses, *textCount/5, statement, func(text string, ok bool, answer string) {
		err := compare(t, &r, text, ok, answer)
		if !ok {
			unknown[strings.Join(strings.Fields(text)[:2], " ")+": "+answer[:min(len(answer), 150)]]++
			return
		}
		accepted++
		if err != nil {
			refused[text+": "+err.Error()]++
		}
	})
	list := slices.Sorted(maps.Keys(refused))
	t.Logf("the server accepts %d, of which we refuse %d: %q", accepted, len(list), list[:min(len(list), 20)])
	if len(list)*200 > accepted {
		t.Error("these are too many")
	}
	if accepted < *textCount/5/2 {
		t.Errorf("the server accepts too few: %v", unknown)
	}
}
