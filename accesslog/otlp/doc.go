// Package otlp sends access-log entries to an OpenTelemetry collector, as log records with the attributes of the semantic
// conventions for databases, messaging and HTTP (https://opentelemetry.io/docs/specs/semconv/, version 1.43.0).
package otlp
