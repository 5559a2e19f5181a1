#!/usr/bin/env bash
# Runs the two commands of the README on a Debian that has nothing but Node and npm: no compiler, no Python, no git.
#
#   npm run fresh                 # npm start, then npm test as root and as an ordinary user: a quarter of an hour
#   npm run fresh -- start user   # only these; the third is: root
#
# For root on Debian. The Debian is made by debootstrap from where this machine has its own packages. Node and npm are this
# machine's; FRESH_NPM=11.0.0 has another npm. FRESH_DIRECTORY keeps the Debian for the next run.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ "${1:-}" = inside ]; then
  . "$project/test/fresh/inside.sh"
  exit
fi
[ "$(id -u)" = 0 ] || { echo "npm run fresh makes a Debian of its own, which only root can" >&2; exit 1; }

work=${FRESH_DIRECTORY:-$(mktemp -d /var/tmp/holdfast-fresh-XXXXXX)}
mkdir -p "$work"
[ -n "${FRESH_DIRECTORY:-}" ] || trap 'rm -rf "$work"' EXIT

# The first of these programs that is not the project's own, which npm puts first in PATH.
outside() { type -ap "$1" | grep -v node_modules/.bin | head -n 1 | xargs readlink -f; }

debian() {
  command -v debootstrap > /dev/null || apt-get install -y -qq --no-install-recommends debootstrap
  local codename mirror
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v codename="$codename" '$2 == codename && $3 == "main" { print $1; exit }')
  debootstrap --variant=minbase "$codename" "$1" "$mirror" > "$work/debootstrap.log" ||
    { tail -n 20 "$work/debootstrap.log" >&2; return 1; }
}

# What the machine needs to reach its package sources: certificates, name servers, proxies.
connect() {
  local file
  cp --remove-destination /etc/resolv.conf /etc/hosts "$1/etc/"
  apt-config dump | grep -E '^Acquire::https?::' > "$1/etc/apt/apt.conf.d/99machine" || true
  for file in "${NODE_EXTRA_CA_CERTS:-}" "$(npm config get cafile)"; do
    if [ -f "$file" ]; then mkdir -p "$1$(dirname "$file")" && cp -L "$file" "$1$file"; fi
  done
}

node_and_npm() {
  local npm
  npm=$(dirname "$(dirname "$(outside npm)")")
  mkdir -p "$1/usr/local/lib/node_modules"
  cp "$(outside node)" "$1/usr/local/bin/node"
  cp -r "$npm" "$1/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"
}

# A copy of the Debian with a clean clone, that a user owns.
machine() {
  rm -rf "$1"
  cp -a "$work/debian" "$1"
  connect "$1"
  node_and_npm "$1"
  chroot "$1" useradd --create-home ada
  git clone -q "file://$project" "$1/srv/holdfast"
  git -C "$1/srv/holdfast" checkout -q --detach "$(git -C "$project" rev-parse HEAD)"
  chroot "$1" chown -R "$2" /srv/holdfast
}

# Nothing of what runs in there outlives this, nor does a mount.
enter() {
  unshare --mount --pid --fork --kill-child env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    npm_config_registry="$(npm config get registry)" npm_config_update_notifier=false \
    ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS" npm_config_cafile="$NODE_EXTRA_CA_CERTS"} \
    ${https_proxy:+https_proxy="$https_proxy"} ${http_proxy:+http_proxy="$http_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
    ${FRESH_NPM:+FRESH_NPM="$FRESH_NPM"} "$BASH" "$0" inside "$@"
}

[ -d "$work/debian" ] || { debian "$work/making" && mv "$work/making" "$work/debian"; }
[ $# -gt 0 ] || set -- start root user
for what in "$@"; do
  case "$what" in
    start | root) user=root ;;
    user) user=ada ;;
    *) echo "npm run fresh takes start, root and user, not $what" >&2; exit 1 ;;
  esac
  echo "== $what"
  machine "$work/machine" "$user"
  enter "$work/machine" "$what" "$user"
  rm -rf "$work/machine"
done
echo "== all is well"
