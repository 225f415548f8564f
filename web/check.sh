#!/bin/sh
# Rebuilds the report's template from its sources and compares it byte for byte with the committed file.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --silent
npx tsc --noEmit
node build.mjs --check
