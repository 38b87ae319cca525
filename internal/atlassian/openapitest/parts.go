package openapitest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// multipartType is the content type of uploads.
const multipartType = "multipart/form-data"

// isUpload reports whether a request has parts, of which the bytes are not looked at.
func isUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == multipartType
}

// checkParts says what of the parts of an upload is outside the document: a name that
// it does not have, or one missing that it requires.
func checkParts(r *http.Request, op *openapi3.Operation) error {
	if op.RequestBody == nil || op.RequestBody.Value.Content.Get(multipartType) == nil {
		return errors.New("the document has no upload there")
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return err
	}
	schema := op.RequestBody.Value.Content.Get(multipartType).Schema
	if schema == nil || len(schema.Value.Properties) == 0 {
		return nil // a list of files, whose name is not said
	}
	var seen []string
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if schema.Value.Properties[part.FormName()] == nil {
			return fmt.Errorf("the part %q is not in the document", part.FormName())
		}
		seen = append(seen, part.FormName())
	}
	for _, name := range schema.Value.Required {
		if !slices.Contains(seen, name) {
			return fmt.Errorf("the part %q is required", name)
		}
	}
	return nil
}
