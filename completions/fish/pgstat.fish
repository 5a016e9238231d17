complete -c pgstat -s h -l help -d 'Print help'
complete -c pgstat -s V -l version -d 'Print version'
