package envoy

import "github.com/proxylib/proxylib/hosts/internal/filterconfig"

// settings is the filter_config of the filter.
type settings = filterconfig.Settings
