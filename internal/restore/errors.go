package restore

import "errors"

// ErrRequest is wrapped by a target where what was asked for makes no sense: a project
// or an issue that the backup does not have, a mapping to something that the destination
// does not have, a mapping file that is not (any more) in the store. Trying again does not help.
var ErrRequest = errors.New("the request can't be followed")
