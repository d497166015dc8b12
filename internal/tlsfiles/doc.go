// Package tlsfiles reads the files for TLS, in PEM form. Its errors name the file; callers add the setting.
package tlsfiles
