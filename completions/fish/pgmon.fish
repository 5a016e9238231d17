complete -c pgmon -s h -l help -d 'Print help'
complete -c pgmon -s V -l version -d 'Print version'
