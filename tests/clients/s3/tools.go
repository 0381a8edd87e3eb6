//go:build tools

// Package s3 pins the S3-compatible store that exports of the audit log are tried on.
package s3

import _ "github.com/versity/versitygw/cmd/versitygw"
