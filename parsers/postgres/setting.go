package postgres

import (
	"bytes"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// harmlessSettings are those that change how values look, or limit the client itself: clients may give them when they
// connect, and they count as read.
var harmlessSettings = func() map[string]bool {
	harmless := map[string]bool{}
	for _, name := range []string{
		"application_name", "backslash_quote", "bytea_output", "check_function_bodies", "client_connection_check_interval",
		"client_encoding", "client_min_messages", "cursor_tuple_fraction", "datestyle", "deadlock_timeout", "default_table_access_method",
		"default_tablespace", "default_text_search_config", "default_toast_compression", "default_transaction_deferrable",
		"default_transaction_isolation", "default_transaction_read_only", "escape_string_warning", "extra_float_digits", "geqo",
		"idle_in_transaction_session_timeout", "idle_session_timeout", "intervalstyle", "jit", "lc_monetary", "lc_numeric", "lc_time",
		"lock_timeout", "max_parallel_workers_per_gather", "plan_cache_mode", "quote_all_identifiers", "random_page_cost", "row_security",
		"search_path", "seed", "standard_conforming_strings", "statement_timeout", "synchronize_seqscans", "synchronous_commit",
		"tcp_keepalives_count", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_user_timeout", "timezone", "transaction_deferrable",
		"transaction_isolation", "transaction_read_only", "transaction_timeout", "work_mem", "xmlbinary", "xmloption",
	} {
		harmless[name] = true
	}
	return harmless
}()

// isHarmlessSetting reports whether a setting, with its name in small letters, is one of them.
func isHarmlessSetting(name []byte) bool {
	return harmlessSettings[string(name)] || bytes.HasPrefix(name, []byte("enable_"))
}

// classifySetting counts the change of a setting that is not known to be harmless as more than a read: one of the
// application's own, which rules of the server may depend on, as a write, any other as admin.
func (a *access) classifySetting() {
	if a.operation != operation(sql.Set) && a.operation != operation(sql.Reset) || len(a.name) == 0 || isHarmlessSetting(a.name) {
		return
	}
	a.class = proxylib.Admin
	if bytes.IndexByte(a.name, '.') >= 0 {
		a.class = proxylib.Write
	}
}

// refusedSetting returns why a client may not connect with the settings.
func refusedSetting(settings []setting) string {
	for _, s := range settings {
		if string(s.name) == "options" {
			if reason := refusedOptions(s.value); reason != "" {
				return reason
			}
			continue
		}
		if reason := s.refused(); reason != "" {
			return reason
		}
	}
	return ""
}

// refused returns why a client may not connect with a setting.
func (s *setting) refused() string {
	name := string(bytes.ToLower(s.name))
	switch {
	case !isHarmlessSetting([]byte(name)):
		return "start-up message with a setting that is not known to be harmless"
	case name == "client_encoding" && sql.EncodingOf(s.value) == sql.EncodingUnknown:
		return "client_encoding is unknown: use UTF8"
	case name == "standard_conforming_strings" && !isOn(s.value):
		return "standard_conforming_strings must stay on"
	case name == "search_path" && shadowsCatalog(s.value):
		return reasonShadow
	}
	return ""
}

// refusedOptions returns why a client may not connect with command-line options. Only -c NAME=VALUE and --NAME=VALUE are
// known. Spaces separate them unless a backslash stands before.
// Source: PostgreSQL, pg_split_opts in src/backend/utils/init/postinit.c, and process_postgres_switches.
func refusedOptions(options []byte) string {
	settings := optionSettings(options)
	if settings == nil && len(splitOptions(options)) > 0 {
		return "start-up message with options other than -c NAME=VALUE"
	}
	for _, s := range settings {
		if reason := s.refused(); reason != "" {
			return reason
		}
	}
	return ""
}

// optionSettings returns the settings in command-line options, nil if not all are settings.
func optionSettings(options []byte) (settings []setting) {
	words := splitOptions(options)
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case string(word) == "-c" && i+1 < len(words):
			i++
			word = words[i]
		case bytes.HasPrefix(word, []byte("-c")), bytes.HasPrefix(word, []byte("--")) && len(word) > 2:
			word = word[2:]
		default:
			return nil
		}
		name, value, ok := bytes.Cut(word, []byte{'='})
		if !ok {
			return nil
		}
		// A dash stands for an underscore.
		settings = append(settings, setting{bytes.ReplaceAll(name, []byte{'-'}, []byte{'_'}), value})
	}
	return settings
}

// splitOptions splits options into words.
func splitOptions(options []byte) (words [][]byte) {
	var word []byte
	inside := false
	for i := 0; i < len(options); i++ {
		switch c := options[i]; {
		case c == ' ' || '\t' <= c && c <= '\r':
			if inside {
				words = append(words, word)
			}
			word, inside = nil, false
			continue
		case c == '\\' && i+1 < len(options):
			i++
		case c == '\\':
			continue
		}
		word, inside = append(word, options[i]), true
	}
	if inside {
		words = append(words, word)
	}
	return words
}
