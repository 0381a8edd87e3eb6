//go:build tools

// Package tools names the programs that scripts/lib/client-sdks builds from this module: gRPC's curl and its load generator.
package tools

import (
	_ "github.com/bojand/ghz/cmd/ghz"
	_ "github.com/fullstorydev/grpcurl/cmd/grpcurl"
)
