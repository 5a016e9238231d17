complete -c pgplan -s h -l help -d 'Print help'
complete -c pgplan -s V -l version -d 'Print version'
