complete -c pglock -s h -l help -d 'Print help'
complete -c pglock -s V -l version -d 'Print version'
