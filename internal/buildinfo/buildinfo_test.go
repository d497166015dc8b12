package buildinfo

import (
	"runtime/debug"
	"testing"
)

func settings(revision, modified string) []debug.BuildSetting {
	return []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}
}

func TestABuildIsNamedInALineAndInAMetric(t *testing.T) {
	for name, test := range map[string]struct {
		info         debug.BuildInfo
		line, metric string
	}{
		"a release": {
			debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: module, Version: "v1.2.3"}},
			"proxylib v1.2.3 go1.26.8", "v1_2_3.unknown",
		},
		"a work tree": {
			debug.BuildInfo{
				GoVersion: "go1.26.8", Main: debug.Module{Path: module, Version: "(devel)"}, Settings: settings("abc", "false"),
			},
			"proxylib (devel) revision abc go1.26.8", "_devel_.abc",
		},
		"a changed work tree": {
			debug.BuildInfo{
				GoVersion: "go1.26.8", Main: debug.Module{Path: module, Version: "v0.0.1-0.20260101000000-0123456789ab+dirty"},
				Settings: settings("0123456789abcdef", "true"),
			},
			"proxylib v0.0.1-0.20260101000000-0123456789ab+dirty revision 0123456789abcdef (modified) go1.26.8",
			"v0_0_1-0_20260101000000-0123456789ab_dirty.0123456789ab",
		},
		"a library of somebody's own": {
			debug.BuildInfo{
				GoVersion: "go1.26.8", Main: debug.Module{Path: "example.com/own", Version: "v9.9.9"}, Settings: settings("abc", "false"),
				Deps: []*debug.Module{{Path: "example.com/other", Version: "v7.0.0"}, {Path: module, Version: "v1.2.3"}},
			},
			"proxylib v1.2.3 go1.26.8", "v1_2_3.unknown",
		},
		"a build that knows nothing": {debug.BuildInfo{GoVersion: "go1.26.8"}, "proxylib  go1.26.8", "unknown.unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Of(&test.info)
			if got.String() != test.line || got.Metric() != test.metric {
				t.Errorf("got %q and %q, want %q and %q", got.String(), got.Metric(), test.line, test.metric)
			}
		})
	}
}

func TestATestKnowsItsToolchain(t *testing.T) {
	if got, ok := Read(); !ok || got.Go == "" {
		t.Errorf("got %+v, %t", got, ok)
	}
}

func TestAPackageIsOfTheModuleWithTheLongestPath(t *testing.T) {
	info := &debug.BuildInfo{
		Main: debug.Module{Path: "example.com/mine", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: module, Version: "v1.2.3"}, {Path: "example.com/mine/deeper", Version: "v0.1.0"},
			{Path: "example.com/here", Version: "v0.0.0", Replace: &debug.Module{Path: "/src/here"}},
			{Path: "example.com/there", Version: "v1.0.0", Replace: &debug.Module{Path: "./there", Version: "(devel)"}},
			{Path: "example.com/fork", Version: "v0.0.1", Replace: &debug.Module{Path: "example.com/other", Version: "v0.9.0"}},
		},
	}
	for path, want := range map[string][2]string{
		"example.com/mine":           {"example.com/mine", "(devel)"},
		"example.com/mine/deeper/x":  {"example.com/mine/deeper", "v0.1.0"},
		"example.com/mine/deep":      {"example.com/mine", "(devel)"},
		module + "/parsers/memcache": {module, "v1.2.3"},
		"example.com/here/vault":     {"example.com/here", "v0.0.0+local"},
		"example.com/there":          {"example.com/there", "v1.0.0+local"},
		"example.com/fork":           {"example.com/fork", "v0.9.0"},
		"example.com/mineral":        {"", ""},
		"":                           {"", ""},
	} {
		if path2, version := ModuleOf(info, path); path2 != want[0] || version != want[1] {
			t.Errorf("%s: got %s %s, want %q", path, path2, version, want)
		}
	}
}

func TestAReleaseIsWhatItsMakerSays(t *testing.T) {
	releaseVersion, releaseRevision, releaseModified = "v1.2.3", "abc", "true"
	defer func() { releaseVersion, releaseRevision, releaseModified = "", "", "" }()
	got, ok := Read()
	if want := (Info{Version: "v1.2.3", Revision: "abc", Modified: true, Go: got.Go}); !ok || got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
