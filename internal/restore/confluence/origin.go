package confluence

import (
	"context"
	"encoding/json"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
)

// origin is what a record was. Comments have no author but that of their versions;
// first is the body of the first one, or nil.
func (r *run) origin(rec archive.Record, first raw) restore.Origin {
	b := rec.Body
	o := r.job.Plan.OriginOf(rec)
	o.Author, o.Created = text(b, "authorId"), text(b, "createdAt")
	o.Changer, o.Updated, o.Version = text(b, "version", "authorId"), text(b, "version", "createdAt"), number(b, "version", "number")
	if first != nil {
		o.Author, o.Created = text(first, "authorId"), text(first, "createdAt")
	}
	if o.Author == "" && o.Version <= 1 {
		o.Author = o.Changer
	}
	if o.Created == "" && o.Version <= 1 {
		o.Created = o.Updated
	}
	o.AuthorName, o.ChangerName = r.name(o.Author), r.name(o.Changer)
	if o.Version <= 1 {
		o.Changer, o.ChangerName, o.Updated = "", "", ""
	}
	return o
}

// name is the name of a user of the backup; "" where it is not known.
func (r *run) name(accountID string) string {
	row, _ := r.job.Mapping.Row(userKind, accountID)
	return row.Name
}

// propertyRoute is where the properties of something are.
func propertyRoute(kind string) string {
	switch kind {
	case spaceKind:
		return v2 + "/spaces/{space-id}/properties"
	case pageKind:
		return v2 + "/pages/{page-id}/properties"
	case blogKind:
		return v2 + "/blogposts/{blogpost-id}/properties"
	case attachmentKind:
		return v2 + "/attachments/{attachment-id}/properties"
	case customKind:
		return v2 + "/custom-content/{custom-content-id}/properties"
	case footerKind, footerReply, inlineKind, inlineReply:
		return v2 + "/comments/{comment-id}/properties"
	}
	return v2 + "/" + resources[kind] + "/{id}/properties"
}

// readOrigin reads the property of something of the destination; the zero value where it
// has none.
func (t *Target) readOrigin(ctx context.Context, kind, id string) (restore.Origin, error) {
	var o restore.Origin
	err := t.list(ctx, propertyRoute(kind), query("key", restore.OriginKey), func(p raw) error {
		if text(p, "key") == restore.OriginKey {
			_ = json.Unmarshal([]byte(propertyValue(p)), &o) // what is not ours has no restore
		}
		return nil
	}, id)
	return o, err
}

// propertyValue is the value of a property.
func propertyValue(property raw) raw {
	var members struct {
		Value raw `json:"value"`
	}
	if json.Unmarshal(property, &members) != nil {
		return nil
	}
	return members.Value
}

// addProperty gives something of the destination a property. That it has one of the key
// already is no failure: an earlier attempt gave it.
func (t *Target) addProperty(ctx context.Context, kind, id, key string, value any) error {
	_, err := t.write(ctx, "POST "+propertyRoute(kind), nil, object{"key": key, "value": value}, id)
	if !refused(err, 400, 409) {
		return err
	}
	there := false
	if look := t.list(ctx, propertyRoute(kind), query("key", key), func(p raw) error {
		there = there || text(p, "key") == key
		return nil
	}, id); look != nil {
		return look
	}
	if there {
		return nil
	}
	return err
}
