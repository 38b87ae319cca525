package atlassian

import (
	"context"
	"io"
)

// Upload is a file that is sent as multipart/form-data.
type Upload struct {
	Request // its Body is not used; Write is implied
	// Field is the name of the form's part, "file" at Atlassian; Fields are further parts, sent before it.
	Field  string
	Fields map[string]string
	Name   string // file name
	Type   string // media type
	Size   int64
	// Open opens the bytes; they are streamed.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Upload sends a file, with the header X-Atlassian-Token: no-check. Errors are as those of Do; one of
// Open, or of reading what it gave, is returned as it is.
func (c *Client) Upload(ctx context.Context, u Upload) (*Reply, error) {
	return nil, protocolError(u.Route, "not there yet")
}
