//go:build e2e

package postgres

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

var update = flag.Bool("update", false, "write the tables of the package instead of comparing them")

// reader is the folder of the package that the tables are for.
const reader = "../../parsers/postgres/sql"

// queryKeywords lists the keywords and what they may name.
const queryKeywords = "select word, catcode from pg_get_keywords()"

// queryFunctions lists the functions that SQL can call, and whether all of a name are stable or immutable.
const queryFunctions = `select proname, bool_and(provolatile <> 'v') from pg_proc p
	where pronamespace = 'pg_catalog'::regnamespace and prokind in ('f', 'a', 'w')
	and not 'internal'::regtype = any(proargtypes::oid[]) and not 'cstring'::regtype = any(proargtypes::oid[])
	and (select typtype from pg_type t where t.oid = prorettype) is not null
	and prorettype not in ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)
	group by proname`

// queryInformation lists the functions of information_schema, and whether all of a name are stable or immutable.
const queryInformation = `select proname, bool_and(provolatile <> 'v') from pg_proc
	where pronamespace = 'information_schema'::regnamespace group by proname`

var (
	// notHarmless are functions that are stable or immutable and yet do more than to compute from their arguments and
	// from what the catalog says of objects: they read tables, show what other sessions do, take transaction numbers,
	// or look into files.
	notHarmless = regexp.MustCompile(`^((table|schema|database|query|cursor)_to_xml.*|ts_stat|ts_rewrite|txid_current|lo_.*|.*_validator` +
		`|pg_.*|binary_upgrade_.*|currtid2?)$`)
	// harmless are those of them, and of the volatile ones, that do no more than that.
	harmless = regexp.MustCompile(`^(pg_(typeof|column_size|client_encoding|encoding_to_char|char_to_encoding|collation_for|backend_pid` +
		`|my_temp_schema|is_other_temp_schema|trigger_depth|input_is_valid|input_error_info|basetype|size_pretty|size_bytes|has_role` +
		`|describe_object|identify_object|identify_object_as_address|index_column_has_property|index_has_property` +
		`|indexam_has_property|options_to_table|relation_is_publishable|relation_is_updatable|column_is_updatable` +
		`|sequence_parameters|postmaster_start_time|conf_load_time|show_all_settings|partition_(ancestors|root|tree)|wal_lsn_diff` +
		`|is_in_recovery|timezone_names|timezone_abbrevs.*|current_snapshot` +
		`|current_xact_id_if_assigned|snapshot_.*|visible_in_snapshot|get_keywords|get_catalog_foreign_keys|get_userbyid` +
		`|get_serial_sequence|get_expr|get_acl|get_object_address|.*_is_visible|lsn.*` +
		`|get_(constraint|function|index|partkey|partition_constraint|rule|statisticsobj|trigger|view)def.*` +
		`|get_function_(arguments|arg_default|identity_arguments|result|sqlbody)|get_replica_identity_index)` +
		`|random|random_normal|gen_random_uuid|uuidv4|uuidv7|clock_timestamp|timeofday|current_query|array_shuffle|array_sample)$`)
	// writes are functions that change data, or wait, as a user may; what is left is for administrators.
	writes = regexp.MustCompile(`^(nextval|setval|currval|lastval|setseed|pg_notify|pg_(try_)?advisory_.*|pg_sleep.*|txid_.*` +
		`|pg_current_xact_id|pg_xact_status|lo_(close|creat|create|from_bytea|get|lseek|lseek64|open|put|tell|tell64|truncate|truncate64|unlink)` +
		`|loread|lowrite|pg_(relation|table|total_relation|indexes|database|tablespace)_size)$`)
	// syntax are functions that only the grammar has, in some release.
	syntax = strings.Fields(`json json_array json_arrayagg json_exists json_objectagg json_query json_scalar
		json_serialize json_table json_value merge_action`)
)

// tables are what the package knows of servers.
type tables struct {
	categories         map[string]string
	read, write, admin []string
	// information are the functions of information_schema that only compute.
	information []string
	// releases are the major versions of the servers that have a function, or the word that is one in the grammar alone; asked are
	// all versions. Both are in ascending order.
	releases map[string][]int
	asked    []int
}

// learn asks servers, the oldest first. Where they differ, a function is as harmful as it is anywhere. The oldest server, in which
// timezone is not stable, counts only for functions that the next one lacks.
func learn(t *testing.T, all []*server.Server) tables {
	t.Helper()
	l := tables{categories: map[string]string{}, releases: map[string][]int{}}
	stable, information := map[string]bool{}, map[string]bool{}
	for i, s := range all {
		release := major(t, s)
		l.asked = append(l.asked, release)
		for _, row := range rows(t, s, queryKeywords) {
			word, category, _ := strings.Cut(row, "|")
			if have, known := l.categories[word]; known && have != category {
				// It could be a function of a user, and is one of the grammar since.
				if !slices.Contains(syntax, word) || have != "U" || category != "C" {
					t.Fatalf("servers differ in what %s may name", word)
				}
				l.releases[word] = nil
			}
			l.categories[word] = category
			if slices.Contains(syntax, word) {
				l.releases[word] = append(l.releases[word], release)
			}
		}
		for _, row := range rows(t, s, queryInformation) {
			name, isStable, _ := strings.Cut(row, "|")
			have, known := information[name]
			information[name] = isStable == "t" && (have || !known)
		}
		for _, row := range rows(t, s, queryFunctions) {
			name, isStable, _ := strings.Cut(row, "|")
			have, known := stable[name]
			stable[name] = isStable == "t" && (have || !known || i == 1)
			l.releases[name] = append(l.releases[name], release)
		}
	}
	for name, isStable := range stable {
		switch {
		case harmless.MatchString(name), isStable && !notHarmless.MatchString(name):
			l.read = append(l.read, name)
		case writes.MatchString(name):
			l.write = append(l.write, name)
		default:
			l.admin = append(l.admin, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(information)) {
		if information[name] {
			l.information = append(l.information, name)
		}
	}
	l.read = append(l.read, syntax...)
	slices.Sort(l.read)
	l.read = slices.Compact(l.read)
	slices.Sort(l.write)
	slices.Sort(l.admin)
	return l
}

const generated = "// Code generated by test/postgres from %s of PostgreSQL 14 to 18; DO NOT EDIT.\n\npackage sql\n\n"

// keywords returns the file keywords.go.
func (l *tables) keywords() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, generated, "pg_get_keywords()")
	words := slices.Sorted(maps.Keys(l.categories))
	b.WriteString("// The keywords of all supported releases.\nconst (\n\tnotKeyword keyword = iota\n")
	longest := 0
	for _, word := range words {
		fmt.Fprintf(&b, "\t%s\n", constant(word))
		longest = max(longest, len(word))
	}
	fmt.Fprintf(&b, "\tkeywordCount\n)\n\n// maxKeyword is the length of the longest keyword.\nconst maxKeyword = %d\n\n", longest)
	b.WriteString("// categories holds what a keyword may name, by keyword.\nvar categories = [keywordCount]category{\n")
	names := map[string]string{"C": "columnName", "T": "functionName", "R": "reserved"}
	for _, word := range words {
		if name := names[l.categories[word]]; name != "" {
			fmt.Fprintf(&b, "\t%s: %s,\n", constant(word), name)
		}
	}
	b.WriteString("}\n\n// keywordOf returns the keyword that a word in small letters is, or notKeyword.\n" +
		"func keywordOf(word []byte) keyword {\n\tswitch string(word) {\n")
	for _, word := range words {
		fmt.Fprintf(&b, "\tcase %q:\n\t\treturn %s\n", word, constant(word))
	}
	b.WriteString("\t}\n\treturn notKeyword\n}\n")
	return b.Bytes()
}

// constant returns the name of the constant for a keyword.
func constant(word string) string {
	name := "kw"
	for part := range strings.SplitSeq(word, "_") {
		name += strings.ToUpper(part[:1]) + part[1:]
	}
	return name
}

// functions returns the file functions.go.
func (l *tables) functions() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, generated, "pg_proc")
	b.WriteString("// builtinClass returns what a function of pg_catalog may do: Read if it only computes from its arguments and from\n" +
		"// what the catalog says of objects, Write if it changes data or waits, and Admin otherwise. Of functions that are not\n" +
		"// there it reports false.\n" +
		"func builtinClass(name []byte) (c Class, known bool) {\n\tswitch string(name) {\n")
	for _, part := range []struct {
		names []string
		class string
	}{{l.read, "Read"}, {l.write, "Write"}, {l.admin, "Admin"}} {
		b.WriteString("\tcase ")
		width := 8
		for i, name := range part.names {
			if i > 0 {
				b.WriteString(",")
				if width += len(name) + 4; width > 110 {
					b.WriteString("\n\t\t")
					width = 8 + len(name)
				} else {
					b.WriteString(" ")
				}
			}
			fmt.Fprintf(&b, "%q", name)
		}
		fmt.Fprintf(&b, ":\n\t\treturn %s, true\n", part.class)
	}
	b.WriteString("\t}\n\treturn Write, false\n}\n\n// isInformation reports whether information_schema has a function, which only computes.\n" +
		"func isInformation(name []byte) bool {\n\tswitch string(name) {\n\tcase ")
	for i, name := range l.information {
		if i > 0 {
			b.WriteString(",\n\t\t")
		}
		fmt.Fprintf(&b, "%q", name)
	}
	b.WriteString(":\n\t\treturn true\n\t}\n\treturn false\n}\n")
	b.Write(l.spans())
	return b.Bytes()
}

// spans returns the function that says which releases have a function. One that a server lacks which is older than the first that
// has it, or newer than the last, may be lacking in all that are between the two and were not asked.
func (l *tables) spans() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n// oldestAsked is the oldest major version whose functions are known.\nconst oldestAsked = %d\n", l.asked[0])
	b.WriteString("\n// builtinReleases returns the first and the last major version that certainly have a function which some release has;\n" +
		"// 0 sets no limit.\nfunc builtinReleases(name []byte) (first, last uint8) {\n\tswitch string(name) {\n")
	for _, name := range slices.Sorted(maps.Keys(l.releases)) {
		had := l.releases[name]
		first, last := had[0], had[len(had)-1]
		if first == l.asked[0] {
			first = 0
		}
		if last == l.asked[len(l.asked)-1] {
			last = 0
		}
		if first != 0 || last != 0 {
			fmt.Fprintf(&b, "\tcase %q:\n\t\treturn %d, %d\n", name, first, last)
		}
	}
	b.WriteString("\t}\n\treturn 0, 0\n}\n")
	return b.Bytes()
}

// major returns the major version of a server.
func major(t *testing.T, s *server.Server) int {
	t.Helper()
	n, err := strconv.Atoi(rows(t, s, "select current_setting('server_version_num')::int / 10000")[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTablesAreWhatServersSay(t *testing.T) {
	bins := strings.Split(*servers, ",")
	if len(bins) < 2 {
		t.Fatal("no -servers: test/deps/postgres brings them")
	}
	var all []*server.Server
	for _, bin := range bins {
		all = append(all, startServer(t, bin))
	}
	slices.SortFunc(all, func(a, b *server.Server) int { return major(t, a) - major(t, b) })
	l := learn(t, all)
	for file, text := range map[string][]byte{"keywords.go": l.keywords(), "functions.go": l.functions()} {
		text, err := format.Source(text)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(reader, file)
		if *update {
			if err := os.WriteFile(name, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, text) {
			t.Errorf("%s is not what the servers say: run this test with -update and read the difference", file)
		}
	}
}
