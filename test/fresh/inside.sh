# The part of run.sh that runs in its own namespaces: run.sh inside DIRECTORY start|root|user USER
machine=$2 what=$3 user=$4

mount --make-rprivate /
mount --rbind /dev "$machine/dev"
mount -t proc proc "$machine/proc"
mount -t sysfs sysfs "$machine/sys"

# A command in the project's directory, as the user of this run.
run() {
  local home=/root
  [ "$user" = root ] || home=/home/$user
  HOME=$home chroot --userspec="$user:$user" "$machine" sh -c "cd /srv/holdfast && $1"
}

for program in cc gcc g++ make python3 git; do
  ! chroot "$machine" sh -c "command -v $program" || { echo "$program must not be there" >&2; exit 1; }
done
! find "$machine/usr/lib" -name 'libatomic.so*' | grep . || { echo "libatomic must not be there" >&2; exit 1; }
[ -z "${FRESH_NPM:-}" ] || HOME=/root chroot "$machine" npm install --global --silent "npm@$FRESH_NPM"
run 'echo "node $(node --version), npm $(npm --version), $(whoami)"'

run 'npm ci'
if [ "$what" != start ]; then
  run 'npm test'
  exit
fi

export PORT=$((20000 + RANDOM % 10000))
answers() { run "node -e 'fetch(\"http://127.0.0.1:$PORT/\").then((page) => process.exit(page.ok ? 0 : 1), () => process.exit(1))'"; }
HOME=/root chroot "$machine" sh -c 'cd /srv/holdfast && exec npm start' &
for _ in $(seq 100); do ! answers || break; sleep 0.1; done
answers || { echo "npm start serves no page" >&2; exit 1; }
kill $!
wait $! || true
! answers || { echo "the server outlives npm start" >&2; exit 1; }
echo "npm start serves a page, and ends when it is killed"
